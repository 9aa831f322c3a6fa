"""What other tools call while they build: Make, SAM, CDK, Terraform. Each speaks the other's protocol on stdout."""
