"""The shape of the work: the task, the state, pure routing, budgets, and the one LangGraph `StateGraph`."""
