"""Work that is due, with receivers that listen on this machine."""
