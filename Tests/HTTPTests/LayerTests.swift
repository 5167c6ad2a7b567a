// The tests of this layer.
