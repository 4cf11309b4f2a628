"""The harness: a matrix of models, tasks, trials and agents, run once and for all.

A study is a folder. `study` says what is to be measured, `matrix` spreads it into cells, `folder` keeps them on disk,
`cell` runs one of them, `shift` many at once in one process, and `running` a whole study through an executor. All that
is known of a study is in its folder, so that any process may die at any moment.
"""
