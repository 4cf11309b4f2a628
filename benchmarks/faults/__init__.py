"""How much of what models get wrong the rules of PyFixer cure: a corpus of faults in correct programs."""
