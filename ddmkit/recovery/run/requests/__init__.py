"""The steps that send something, each as a ``Step`` of the one mechanism: what is sent, and how its traces are found."""
