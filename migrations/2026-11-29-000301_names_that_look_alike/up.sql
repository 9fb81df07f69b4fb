-- Skeleton of a name: equal for names that look alike in any script (Unicode Technical Standard 39). The program
-- computes it, for existing users directly after the migrations. Of two users whose names look alike, only the older
-- one gets it.
ALTER TABLE users ADD COLUMN username_skeleton text CONSTRAINT users_username_looks_like_no_other UNIQUE;
