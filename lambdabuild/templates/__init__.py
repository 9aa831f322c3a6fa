"""What deployment templates say of Lambda functions, and the lines that are written into them.

`sam` reads templates of SAM and CloudFormation, `makefile` writes the lines that let `sam build` call make. They are
imported one by one: each imports ruamel.yaml.
"""
