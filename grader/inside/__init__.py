"""What runs inside the box beside a student's code: data sets, recorder, predictor. It imports nothing of ours."""
