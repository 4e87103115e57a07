package io.sluice.pipeline.report;

import java.awt.AWTError;
import java.awt.Color;
import java.io.IOException;
import java.io.StringWriter;
import java.util.function.Function;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGIDGenerator;
import org.knowm.xchart.internal.chartpart.Chart;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * Turns charts into SVG that follows the page's colours. Each is drawn wide and narrow, and the
 * page's style shows the one that fits. Not thread-safe.
 */
final class Svg {
  /** Stands for {@code var(--chart-N)} of the page's style. */
  static Color colour(int n) {
    return new Color(n, n, n);
  }

  static final Color INK = colour(1);
  static final Color MUTED = colour(2);
  static final Color LINE = colour(3);
  static final Color FIRST = colour(4);
  static final Color SECOND = colour(5);
  static final Color BAD = colour(6);
  static final Color NONE = new Color(0, 0, 0, 0);

  /** A place on the page to draw for. */
  enum Size {
    WIDE(880, 300),
    NARROW(360, 280);

    final int width;
    final int height;

    Size(int width, int height) {
      this.width = width;
      this.height = height;
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(Svg.class);
  private static final String NAMESPACE = "http://www.w3.org/2000/svg";
  private static final Pattern COLOUR = Pattern.compile("rgb\\(([1-6]),\\1,\\1\\)");

  private int drawn;

  static {
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
  }

  /**
   * @param description what the plot shows, for those who do not see it; not escaped yet
   * @return HTML: the plot, or a sentence where this machine cannot draw
   */
  String draw(String description, Function<Size, Chart<?, ?>> chart) {
    try {
      StringBuilder html = new StringBuilder();
      for (Size size : Size.values()) {
        html.append(draw(description, chart.apply(size), size));
      }
      return html.toString();
    } catch (IOException
        | ParserConfigurationException
        | RuntimeException
        | LinkageError
        | InternalError
        | AWTError e) {
      // A JRE without fonts or without its libraries for drawing, most often.
      LOG.warn("A plot of the report could not be drawn: {}", e.toString());
      return "<p class=\"note\">This plot could not be drawn: the Java installation that wrote the"
          + " report lacks fonts or graphics libraries.</p>";
    }
  }

  private String draw(String description, Chart<?, ?> chart, Size size)
      throws IOException, ParserConfigurationException {
    String prefix = "plot" + ++drawn + "-";
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .getDOMImplementation()
            .createDocument(NAMESPACE, "svg", null);
    SVGGeneratorContext context = SVGGeneratorContext.createDefault(document);
    context.setComment(null);
    context.setPrecision(1);
    // Ids are the page's: those of two plots must differ.
    context.setIDGenerator(
        new SVGIDGenerator() {
          @Override
          public String generateID(String name) {
            return prefix + super.generateID(name);
          }
        });
    SVGGraphics2D graphics = new SVGGraphics2D(context, false);
    chart.paint(graphics, size.width, size.height);
    Element root = graphics.getRoot();
    root.setAttribute("viewBox", "0 0 " + size.width + " " + size.height);
    root.setAttribute("role", "img");
    root.setAttribute("aria-label", description);
    root.setAttribute("class", size == Size.WIDE ? "wide" : "narrow");
    StringWriter out = new StringWriter();
    graphics.stream(root, out, true, false);
    String svg = out.toString();
    svg = svg.substring(svg.indexOf("<svg")).replace("id=\"genericDefs\"", "");
    return COLOUR.matcher(svg).replaceAll("var(--chart-$1)");
  }
}
