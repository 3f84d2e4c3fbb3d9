"""Who works in the practice and with it: doctors, sites, correspondents, deputies."""
