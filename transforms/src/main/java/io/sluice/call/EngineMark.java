package io.sluice.call;

import java.io.Serializable;

/**
 * Which session, and how far: the same mark in Beam's state and in the JVM means that neither has
 * been rolled back.
 */
record EngineMark(String id, long version) implements Serializable {}
