package lemnos.http;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a form that a browser has sent, by name.
 *
 * @param fields the values of each
 */
public record Form(Map<String, List<String>> fields) {
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
