package lemnos.http;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a form that a browser has sent, by name; or that a client sends.
 *
 * @param fields the values of each
 */
public record Form(Map<String, List<String>> fields) {
  /** One with a value for each field. */
  public static Form of(Map<String, String> fields) {
    var all = new LinkedHashMap<String, List<String>>();
    fields.forEach((name, value) -> all.put(name, List.of(value)));
    return new Form(all);
  }

  String encoded() {
    var pairs = new StringJoiner("&");
    fields.forEach(
        (name, values) -> values.forEach(value -> pairs.add(encoded(name) + "=" + encoded(value))));
    return pairs.toString();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  static Form read(Request request) throws IOException {
    String type = request.header("content-type");
    if (type == null
        || !type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded")) {
      throw new HttpException(415, "expected a body of application/x-www-form-urlencoded\n");
    }
    return new Form(Request.parameters(request.body().text(), false));
  }

  /** The first value of a field; null if the form has none of that name. */
  public @Nullable String get(String name) {
    List<String> all = fields.get(name);
    return all == null ? null : all.getFirst();
  }

  /**
   * The first value of a field; null if the form has none of that name.
   *
   * @throws HttpException 400 if the parameter cannot read it
   */
  public <T> @Nullable T get(Param<T> param) {
    String text = get(param.name());
    return text == null ? null : param.parse(text, 400);
  }
}
