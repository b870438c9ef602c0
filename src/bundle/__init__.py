"""What `sam build` runs to make the deployment bundle. Nothing of this folder is in the bundle."""
