"""What deployment templates say of Lambda functions, and the lines that are written into them.

`sam` reads templates of SAM and CloudFormation, `cdk` what CDK made of an app, `serverless` the Serverless Framework's
file; `makefile` writes the lines that let `sam build` call make. They are imported one by one: each takes ruamel.yaml.
"""
