package io.sluice.internal.cascade.learning;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;

/**
 * L-BFGS: minimises a smooth function of many variables from its gradient, with the curvature that
 * the last steps have shown in place of the Hessian (Nocedal and Wright, Numerical Optimization,
 * 2nd edition, algorithms 7.4 and 7.5), and steps that are halved until Armijo's condition holds.
 * One thread, one order of sums: the same function gives the same bits.
 */
final class Minimizer {
  private static final int MEMORY = 6;
  private static final int MOST_HALVINGS = 30;
  private static final double ARMIJO = 1e-4;

  private Minimizer() {}

  /** A function and its gradient. */
  interface Function {
    /**
     * @param gradient is overwritten
     * @return the value
     */
    double at(double[] point, double[] gradient);
  }

  /** A step and how the gradient changed with it. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Step(double[] moved, double[] turned, double curvature) {}

  /**
   * Moves a point to a minimum.
   *
   * @param tolerance ends where the gradient's length has fallen to this share of the first one
   * @param isOff asked before each step: whether to give up
   * @return false where it was given up
   */
  static boolean minimise(
      Function function, double[] point, int iterations, double tolerance, BooleanSupplier isOff) {
    double[] gradient = new double[point.length];
    double value = function.at(point, gradient);
    double enough = tolerance * Math.sqrt(dot(gradient, gradient));
    Deque<Step> steps = new ArrayDeque<>();
    for (int i = 0; i < iterations && Math.sqrt(dot(gradient, gradient)) > enough; i++) {
      if (isOff.getAsBoolean()) {
        return false;
      }
      double[] direction = direction(gradient, steps);
      double slope = dot(gradient, direction);
      double[] next = new double[point.length];
      double[] nextGradient = new double[point.length];
      double length = i == 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
      double nextValue = Double.POSITIVE_INFINITY;
      int halvings = 0;
      while (!(nextValue <= value + ARMIJO * length * slope) && halvings++ < MOST_HALVINGS) {
        length *= halvings == 1 ? 1 : 0.5;
        for (int k = 0; k < point.length; k++) {
          next[k] = point[k] + length * direction[k];
        }
        nextValue = function.at(next, nextGradient);
      }
      if (!(nextValue < value)) {
        return true;
      }
      remember(steps, point, next, gradient, nextGradient);
      System.arraycopy(next, 0, point, 0, point.length);
      gradient = nextGradient;
      value = nextValue;
    }
    return true;
  }

  private static void remember(
      Deque<Step> steps, double[] point, double[] next, double[] gradient, double[] nextGradient) {
    double[] moved = new double[point.length];
    double[] turned = new double[point.length];
    for (int k = 0; k < point.length; k++) {
      moved[k] = next[k] - point[k];
      turned[k] = nextGradient[k] - gradient[k];
    }
    double curvature = dot(moved, turned);
    if (curvature > 1e-12) {
      steps.addLast(new Step(moved, turned, curvature));
      if (steps.size() > MEMORY) {
        steps.removeFirst();
      }
    }
  }

  /** The two loops: down through the steps, and up again. */
  private static double[] direction(double[] gradient, Deque<Step> steps) {
    double[] direction = gradient.clone();
    double[] shares = new double[steps.size()];
    int at = steps.size();
    for (var it = steps.descendingIterator(); it.hasNext(); ) {
      Step step = it.next();
      double share = dot(step.moved, direction) / step.curvature;
      shares[--at] = share;
      add(direction, -share, step.turned);
    }
    Step last = steps.peekLast();
    if (last != null) {
      double scale = last.curvature / dot(last.turned, last.turned);
      for (int k = 0; k < direction.length; k++) {
        direction[k] *= scale;
      }
    }
    for (Step step : steps) {
      double share = dot(step.turned, direction) / step.curvature;
      add(direction, shares[at++] - share, step.moved);
    }
    for (int k = 0; k < direction.length; k++) {
      direction[k] = -direction[k];
    }
    return direction;
  }

  private static void add(double[] to, double times, double[] other) {
    for (int k = 0; k < to.length; k++) {
      to[k] += times * other[k];
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }
}
