-- Names keep their present form. The program computes the skeletons again.
UPDATE users SET username_skeleton = NULL;
