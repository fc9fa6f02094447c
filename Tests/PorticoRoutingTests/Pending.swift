// The first test of this room is on its way.
import Testing
