package lemnos.http;

import java.util.UUID;
import java.util.function.Function;

/**
 * A named parameter of a path, a query or a form, and how its text is read. Used with {@link
 * Request#path(Param)}, {@link Request#query(Param)} and {@link Form#get(Param)}.
 *
 * @param name what it is called in the pattern of the route, the query or the form
 * @param parser reads the text; throws {@link IllegalArgumentException} if it is none
 */
public record Param<T>(String name, Function<String, T> parser) {
  public static Param<String> ofText(String name) {
    return new Param<>(name, text -> text);
  }

  public static Param<Integer> ofInt(String name) {
    return new Param<>(name, Integer::valueOf);
  }

  public static Param<Long> ofLong(String name) {
    return new Param<>(name, Long::valueOf);
  }

  public static Param<UUID> ofUuid(String name) {
    return new Param<>(name, UUID::fromString);
  }

  /**
   * @param status what is answered if {@code text} is no such value
   */
  T parse(String text, int status) {
    try {
      return parser.apply(text);
    } catch (IllegalArgumentException e) {
      throw new HttpException(status, "parameter '" + name + "' cannot be read\n");
    }
  }
}
