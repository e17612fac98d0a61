"""A screen in three forms: sampler, meta-estimator and weights, all from one judgement."""
