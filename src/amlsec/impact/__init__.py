"""What more rows do to a model, exactly and fast: `measure.impacts`; one file a model family in `families`."""
