"""Fork servers, which have imported the packages that scripts use, and the sandbox made of them."""
