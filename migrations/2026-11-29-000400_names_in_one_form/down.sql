-- Names stay in the form that they have. What they look like is computed again by the program.
UPDATE users SET username_skeleton = NULL;
