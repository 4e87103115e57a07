package io.sluice.pipeline.report;

import io.sluice.pipeline.words.Numbers;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The report's plots, as HTML. Not thread-safe. */
final class Plots {
  private static final int LABEL = 24;

  /** What a label takes of the axis at least, upright, with some air. */
  private static final int LETTER_HEIGHT = 22;

  /** Above the highest line, which would otherwise lie on the edge. */
  private static final double ROOM = 1.08;

  private final Svg svg = new Svg();

  /**
   * Something a minute against its limit.
   *
   * @param unit what is counted, such as {@code requests}
   * @param quota a minute; null where there is no limit
   * @param refused by slot; null to leave it out
   */
  String rate(
      String unit, Timeline time, long[] perSlot, @Nullable Long quota, long @Nullable [] refused) {
    return svg.draw(
        unit + " a minute over the run, against the quota",
        size -> {
          XYChart chart = overTime(size, time, unit + " a minute");
          area(chart, unit, time, slot -> time.perMinute(perSlot[(int) slot]), Svg.FIRST);
          if (refused != null) {
            XYSeries series =
                steps(chart, "refused (429)", time, slot -> time.perMinute(refused[(int) slot]));
            series.setLineColor(Svg.BAD).setFillColor(translucent(Svg.BAD));
          }
          double highest = time.perMinute(LongStream.of(perSlot).max().orElse(0));
          if (quota != null) {
            limit(chart, "quota", time, quota, Svg.INK);
            highest = Math.max(highest, quota);
          }
          chart.getStyler().setYAxisMax(ROOM * Math.max(1, highest));
          return chart;
        });
  }

  /** What was spent by when, against the limits that are given. */
  String cost(Timeline time, double[] spent, @Nullable Double estimate, @Nullable Double budget) {
    return svg.draw(
        "USD spent over the run",
        size -> {
          XYChart chart = overTime(size, time, "USD");
          chart.getStyler().setYAxisDecimalPattern("0.#####");
          area(chart, "spent", time, slot -> spent[(int) slot], Svg.FIRST);
          double highest = spent[spent.length - 1];
          if (estimate != null) {
            highest = Math.max(highest, estimate);
            limit(chart, "estimate, at most", time, estimate, Svg.SECOND);
          }
          if (budget != null) {
            highest = Math.max(highest, budget);
            limit(chart, "budget", time, budget, Svg.INK);
          }
          chart.getStyler().setYAxisMax(ROOM * highest);
          return chart;
        });
  }

  /** How long answered calls took. */
  String latency(LogHistogram latency) {
    List<LogHistogram.Bucket> buckets = latency.buckets();
    return bars(
        "Answered calls by how long they took",
        "calls",
        "from this time to the next bar's",
        buckets.stream().map(bucket -> Numbers.millis(bucket.from())).toList(),
        buckets.stream().map(LogHistogram.Bucket::count).toList());
  }

  /** How long answers of free text are. */
  String lengths(LogHistogram lengths) {
    List<LogHistogram.Bucket> buckets = lengths.buckets();
    return bars(
        "Answers by their length in characters",
        "answers",
        "from so many characters to the next bar's",
        buckets.stream().map(bucket -> Numbers.count(bucket.from())).toList(),
        buckets.stream().map(LogHistogram.Bucket::count).toList());
  }

  /** A bar for each name. */
  String bars(String description, String unit, List<String> names, List<? extends Number> counts) {
    return bars(description, unit, "", names, counts);
  }

  private String bars(
      String description,
      String unit,
      String along,
      List<String> names,
      List<? extends Number> counts) {
    List<String> labels = names.stream().map(name -> Texts.clip(name, LABEL)).toList();
    double highest = counts.stream().mapToDouble(Number::doubleValue).max().orElse(0);
    int longest = labels.stream().mapToInt(String::length).max().orElse(0);
    return svg.draw(
        description,
        size -> {
          CategoryChart chart =
              new CategoryChartBuilder()
                  .width(size.width)
                  .height(size.height)
                  .xAxisTitle(along)
                  .yAxisTitle(unit)
                  .build();
          style(chart.getStyler(), size);
          chart.getStyler().setLegendVisible(false);
          chart.getStyler().setXAxisTitleVisible(!along.isEmpty());
          chart.getStyler().setAvailableSpaceFill(names.size() < 8 ? 0.5 : 0.85);
          if (longest * 9 * names.size() > size.width - 80) {
            boolean tight = LETTER_HEIGHT * names.size() > size.width - 80;
            chart.getStyler().setXAxisLabelRotation(tight ? 90 : size == Svg.Size.WIDE ? 30 : 60);
          }
          chart.getStyler().setYAxisMax(ROOM * Math.max(1, highest));
          chart.addSeries(unit, labels, counts).setFillColor(Svg.FIRST);
          return chart;
        });
  }

  private static XYChart overTime(Svg.Size size, Timeline time, String yTitle) {
    XYChart chart =
        new XYChartBuilder()
            .width(size.width)
            .height(size.height)
            .xAxisTitle(time.unit() + " since the start")
            .yAxisTitle(yTitle)
            .build();
    style(chart.getStyler(), size);
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(time.at(time.slots()));
    return chart;
  }

  private static void style(AxesChartStyler style, Svg.Size size) {
    Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
    style.setLocale(Locale.ROOT);
    style.setBaseFont(font);
    style.setChartBackgroundColor(Svg.NONE);
    style.setPlotBackgroundColor(Svg.NONE);
    style.setLegendBackgroundColor(Svg.NONE);
    style.setLegendBorderColor(Svg.NONE);
    style.setLegendFont(font);
    style.setLegendPosition(Styler.LegendPosition.OutsideS);
    style.setLegendLayout(Styler.LegendLayout.Horizontal);
    style.setChartFontColor(Svg.INK);
    style.setChartPadding(4);
    style.setPlotBorderVisible(false);
    style.setPlotGridLinesColor(Svg.LINE);
    style.setPlotGridLinesStroke(new BasicStroke(1));
    style.setPlotGridVerticalLinesVisible(false);
    style.setAxisTitleFont(font);
    style.setAxisTickLabelsFont(font);
    style.setAxisTickLabelsColor(Svg.MUTED);
    style.setXAxisTitleColor(Svg.MUTED);
    style.setYAxisTitleColor(Svg.MUTED);
    style.setAxisTickMarksColor(Svg.LINE);
    style.setAxisTickMarkLength(4);
    style.setYAxisMin(0.0);
    style.setPlotContentSize(0.98);
    style.setYAxisDecimalPattern("#,##0");
    style.setXAxisDecimalPattern("#,##0.##");
    style.setXAxisTickMarkSpacingHint(size == Svg.Size.WIDE ? 80 : 60);
  }

  private static void area(
      XYChart chart, String name, Timeline time, DoubleUnaryOperator y, Color colour) {
    steps(chart, name, time, y).setLineColor(colour).setFillColor(translucent(colour));
  }

  /**
   * The last slot is drawn to its end. The first has a point in its middle, which does not show:
   * between points at equal distances XChart would give every one a label.
   */
  private static XYSeries steps(XYChart chart, String name, Timeline time, DoubleUnaryOperator y) {
    int points = time.slots() + 2;
    double[] xs = new double[points];
    double[] ys = new double[points];
    for (int i = 0; i < points; i++) {
      int slot = Math.max(0, i - 1);
      xs[i] = i == 1 ? time.at(1) / 2 : time.at(slot);
      ys[i] = y.applyAsDouble(Math.min(slot, time.slots() - 1));
    }
    XYSeries series = chart.addSeries(name, xs, ys);
    series.setXYSeriesRenderStyle(XYSeriesRenderStyle.StepArea);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineWidth(1.5f);
    return series;
  }

  private static void limit(XYChart chart, String name, Timeline time, double value, Color colour) {
    XYSeries series =
        chart.addSeries(name, new double[] {0, time.at(time.slots())}, new double[] {value, value});
    series.setMarker(SeriesMarkers.NONE);
    series.setLineStyle(SeriesLines.DASH_DASH);
    series.setLineColor(colour);
    series.setLineWidth(1.5f);
  }

  private static Color translucent(Color colour) {
    return new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 50);
  }
}
