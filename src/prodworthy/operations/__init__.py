"""What people decide: who may run what, with which keys, under which controls, and what is switched off."""
