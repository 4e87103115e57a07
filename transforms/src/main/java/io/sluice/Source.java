package io.sluice;

import java.io.Serializable;

/**
 * Where a document came from. The pair identifies a row for the whole life of a job, whatever id
 * the document carries.
 *
 * @param file the file's path as it was matched; never empty
 * @param position the row's place in the file, counted from 1: the line for line formats, the
 *     record for csv, 1 where a file is one document
 */
public record Source(String file, long position) implements Serializable {}
