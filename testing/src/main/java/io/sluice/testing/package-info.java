/** For tests of pipelines that ask models: a model that says what the test wants, and matchers. */
@NullMarked
package io.sluice.testing;

import org.jspecify.annotations.NullMarked;
