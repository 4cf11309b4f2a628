"""H -> gamma gamma from ROOT files to a cross-section, in six steps on one data set."""
