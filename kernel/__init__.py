"""Swedish business facts that more than one service needs: pure values and rules, no I/O and no clock."""
