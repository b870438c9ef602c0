"""For every test: nothing of the user's AWS account is in reach."""

from __future__ import annotations

import os

from local.process import forget_aws_settings

forget_aws_settings()
os.environ |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-1"}
