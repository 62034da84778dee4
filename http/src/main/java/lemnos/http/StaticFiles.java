package lemnos.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Serves the files of a folder: {@code router.get("/static/{file...}", StaticFiles.in(folder))}.
 * Conditional requests and single ranges are understood, a folder is served by its {@code
 * index.html}, and without TLS or compression a file goes from the system's cache to the network
 * without passing through the program. Looking for a file, opening and reading it block no worker.
 *
 * <p>What is outside the folder, also by a symbolic link, and whatever begins with a dot is not
 * found.
 */
public final class StaticFiles implements Handler {
  /** The name of the parameter in the route's pattern. */
  public static final String PARAMETER = "file";

  private static final String INDEX = "index.html";

  /** No name has a slash in it; but another route may have been chosen because of it. */
  private static final Pattern ESCAPED_SLASH = Pattern.compile("%2[fF]");

  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("css", "text/css; charset=utf-8"),
          Map.entry("csv", "text/csv; charset=utf-8"),
          Map.entry("gif", "image/gif"),
          Map.entry("html", "text/html; charset=utf-8"),
          Map.entry("ico", "image/x-icon"),
          Map.entry("jpeg", "image/jpeg"),
          Map.entry("jpg", "image/jpeg"),
          Map.entry("js", "text/javascript; charset=utf-8"),
          Map.entry("json", "application/json"),
          Map.entry("md", "text/markdown; charset=utf-8"),
          Map.entry("mjs", "text/javascript; charset=utf-8"),
          Map.entry("mp3", "audio/mpeg"),
          Map.entry("mp4", "video/mp4"),
          Map.entry("pdf", "application/pdf"),
          Map.entry("png", "image/png"),
          Map.entry("svg", "image/svg+xml"),
          Map.entry("txt", "text/plain; charset=utf-8"),
          Map.entry("wasm", "application/wasm"),
          Map.entry("webp", "image/webp"),
          Map.entry("woff2", "font/woff2"),
          Map.entry("xml", "application/xml"),
          Map.entry("zip", "application/zip"));

  private final Path root;

  private StaticFiles(Path root) {
    this.root = root;
  }

  /**
   * @throws IOException if there is no such folder
   */
  public static StaticFiles in(Path folder) throws IOException {
    Path root = folder.toRealPath();
    if (!Files.isDirectory(root)) {
      throw new IOException(folder + " is no folder");
    }
    return new StaticFiles(root);
  }

  /** What stands under a name: a file, or a folder that is asked for without its slash. */
  private record Found(Path path, boolean isFolder, long size, FileTime changed) {}

  @Override
  public void handle(Request request, Response response) throws IOException {
    String name = request.path(PARAMETER);
    String path = request.rawPath();
    Found found =
        ESCAPED_SLASH.matcher(path).find() ? null : request.context().blocking(() -> look(name));
    if (found == null) {
      response.status(404).send("not found\n");
    } else if (found.isFolder) {
      response.status(301).redirect(path + "/" + Target.query(request.target()));
    } else {
      serve(request, response, found);
    }
  }

  /** Asks the file system. */
  private @Nullable Found look(String name) throws IOException {
    boolean asFolder = name.isEmpty() || name.endsWith("/");
    Path path = find(name);
    if (path != null && asFolder) {
      path = Files.isDirectory(path) ? find(name + INDEX) : null;
    }
    if (path == null) {
      return null;
    }
    var attributes =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    boolean isFolder = attributes.isDirectory() && !asFolder;
    return isFolder || attributes.isRegularFile()
        ? new Found(path, isFolder, attributes.size(), attributes.lastModifiedTime())
        : null;
  }

  /** The file of that name within the folder, with symbolic links followed; null if none. */
  private @Nullable Path find(String name) {
    Path file = root;
    String[] segments = name.split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      String segment = segments[i];
      boolean isEnd = i == segments.length - 1 && segment.isEmpty();
      if (!isEnd && !isPlain(segment)) {
        return null;
      }
      file = file.resolve(segment);
    }
    try {
      Path real = file.toRealPath();
      return real.startsWith(root) ? real : null;
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }

  private static boolean isPlain(String segment) {
    return !segment.isEmpty()
        && segment.charAt(0) != '.'
        && segment.chars().noneMatch(c -> c < ' ' || c == '\\' || c == ':' || c == 127);
  }

  private static void serve(Request request, Response response, Found found) throws IOException {
    Path file = found.path;
    long size = found.size;
    Instant modified = found.changed.toInstant().truncatedTo(ChronoUnit.SECONDS);
    String tag =
        "\"" + Long.toHexString(found.changed.toMillis()) + "-" + Long.toHexString(size) + "\"";
    response
        .header(HttpHeaderNames.ETAG, tag)
        .header(HttpHeaderNames.LAST_MODIFIED, HttpDate.text(modified))
        .header(HttpHeaderNames.ACCEPT_RANGES, "bytes")
        .header("X-Content-Type-Options", "nosniff")
        .type(type(file));
    int status = precondition(request, tag, modified);
    if (status != 200) {
      response.status(status).send();
      return;
    }
    String range = request.header(HttpHeaderNames.RANGE);
    if (range == null || !request.method().equals("GET") || !mayBePart(request, tag, modified)) {
      response.send(file, 0, size);
      return;
    }
    long[] part = range(range, size);
    if (part == null) {
      response.send(file, 0, size);
    } else if (part[0] >= part[1]) {
      response.status(416).header(HttpHeaderNames.CONTENT_RANGE, "bytes */" + size).send();
    } else {
      response
          .status(206)
          .header(
              HttpHeaderNames.CONTENT_RANGE, "bytes " + part[0] + "-" + (part[1] - 1) + "/" + size)
          .send(file, part[0], part[1] - part[0]);
    }
  }

  private static String type(Path file) {
    String name = String.valueOf(file.getFileName());
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return TYPES.getOrDefault(ending, "application/octet-stream");
  }

  /** In the order of RFC 9110 (13.2.2): 200 if the request is to be done, 304 or 412. */
  private static int precondition(Request request, String tag, Instant modified) {
    String match = request.header(HttpHeaderNames.IF_MATCH);
    Instant unmodified = time(request.header(HttpHeaderNames.IF_UNMODIFIED_SINCE));
    if (match != null ? !names(match, tag) : unmodified != null && modified.isAfter(unmodified)) {
      return 412;
    }
    String noneMatch = request.header(HttpHeaderNames.IF_NONE_MATCH);
    Instant since = time(request.header(HttpHeaderNames.IF_MODIFIED_SINCE));
    if (noneMatch != null ? names(noneMatch, tag) : since != null && !modified.isAfter(since)) {
      return 304;
    }
    return 200;
  }

  static boolean names(String list, String tag) {
    for (String element : list.split(",", -1)) {
      String plain = element.strip();
      if (plain.equals("*") || plain.equals(tag) || plain.equals("W/" + tag)) {
        return true;
      }
    }
    return false;
  }

  private static boolean mayBePart(Request request, String tag, Instant modified) {
    String condition = request.header(HttpHeaderNames.IF_RANGE);
    return condition == null || condition.equals(tag) || modified.equals(time(condition));
  }

  static @Nullable Instant time(@Nullable String text) {
    try {
      return text == null
          ? null
          : ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
              .withZoneSameInstant(ZoneOffset.UTC)
              .toInstant();
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  /**
   * Begin and end of a single range, the end beyond the last byte; an empty one cannot be served.
   * Null if {@code header} is anything else, which is to be ignored.
   */
  static long @Nullable [] range(String header, long size) {
    if (!header.startsWith("bytes=") || header.indexOf(',') >= 0) {
      return null;
    }
    int dash = header.indexOf('-');
    String first = dash < 0 ? "" : header.substring("bytes=".length(), dash).strip();
    String last = header.substring(dash + 1).strip();
    if (dash < 0 || !isNumber(first) || !isNumber(last) || (first.isEmpty() && last.isEmpty())) {
      return null;
    }
    if (first.isEmpty()) {
      return new long[] {Math.max(0, size - Long.parseLong(last)), size};
    }
    long begin = Long.parseLong(first);
    long end = last.isEmpty() ? size : Math.min(size, Long.parseLong(last) + 1);
    return !last.isEmpty() && Long.parseLong(last) < begin ? null : new long[] {begin, end};
  }

  private static boolean isNumber(String text) {
    return text.length() <= 18 && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
