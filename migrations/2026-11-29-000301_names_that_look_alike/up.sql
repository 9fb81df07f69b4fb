-- What two names have in common that look alike, as the program makes it of every script (Unicode Technical Standard 39).
-- It is filled in for the users that are there already by the program, right after the migrations. Of two whose names
-- look alike by then the older one has it.
ALTER TABLE users ADD COLUMN username_skeleton text CONSTRAINT users_username_looks_like_no_other UNIQUE;
