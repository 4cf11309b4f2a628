"""From files to trained, evaluated, compared and applied classifiers, each in a folder that can be read again."""
