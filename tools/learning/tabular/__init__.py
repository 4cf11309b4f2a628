"""Classifiers of tables, as baselines to beat: boosted trees and foundation models."""
