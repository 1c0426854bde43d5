"""Small changes to the modules of the money path, one at a time: which ones do the tests notice?"""
