package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What clients try with paths and methods. */
@Timeout(300)
final class RouterTest {
  private static String ask(Served served, String line) throws IOException {
    return served.exchange(line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }

  private static Handler say(String text) {
    return (_, response) -> response.send(text);
  }

  @Test
  void escapesChangeNothing() throws Exception {
    var router =
        new Router()
            .get("/users/me", say("me"))
            .get("/users/{name}", (r, response) -> response.send("[" + r.path("name") + "]"))
            .get("/caf\u00e9/100%", say("coffee"));
    try (var served = Served.by(router)) {
      assertThat(ask(served, "GET /%75sers/m%65")).endsWith("\r\nme");
      assertThat(ask(served, "GET /users/me%2F")).endsWith("\r\n[me/]");
      assertThat(ask(served, "GET /users/m+e;v=1")).endsWith("\r\n[m+e;v=1]");
      assertThat(ask(served, "GET /users/%5B%5d?x=%zz")).endsWith("\r\n[[]]");
      assertThat(ask(served, "GET /caf%c3%A9/100%25")).endsWith("\r\ncoffee");
      for (String malformed : new String[] {"/%", "/%4", "/%G1", "/%00", "/%ff", "/nowhere/%c3"}) {
        assertThat(ask(served, "GET " + malformed)).as(malformed).startsWith("HTTP/1.1 400");
      }
    }
  }

  /** A door that is not looked at from every side is none. */
  @Test
  void nobodyGetsPastAGuard(@TempDir Path folder) throws Exception {
    Path secret = Files.createDirectory(folder.resolve("secret"));
    Files.writeString(secret.resolve("a.txt"), "treasure");
    StaticFiles files = StaticFiles.in(folder);
    Middleware guard = (_, response, _) -> response.status(403).send("no");
    var router =
        new Router()
            .get("/{file...}", files)
            .any("/secret/{file...}", files.with(guard))
            .any("/secret", files.with(guard));
    try (var served = Served.by(router)) {
      for (String path :
          new String[] {
            "/secret/a.txt",
            "/%73ecret/a.txt",
            "/secret%2fa.txt",
            "/secret%2Fa.txt",
            "/%2e/secret/a.txt",
            "/./secret/a.txt",
            "/x/../secret/a.txt",
            "//secret/a.txt",
            "/%2fsecret/a.txt",
            "/secret%5ca.txt",
            "/secret//a.txt",
            "/secret;/a.txt",
            "http://x/secret/a.txt",
            "/SECRET/a.txt"
          }) {
        assertThat(ask(served, "GET " + path))
            .as(path)
            .matches("(?s)HTTP/1.1 40[34] .*")
            .doesNotContain("treasure");
      }
    }
  }

  @Test
  void methodsAreToldApart() throws Exception {
    var router =
        new Router()
            .get("/a", say("got"))
            .route("HEAD", "/a", (_, response) -> response.status(204).send())
            .route("PURGE", "/a", say("purged"))
            .post("/b", say("posted"))
            .get("/c/", say("folder"));
    try (var served = Served.by(router)) {
      assertThat(ask(served, "HEAD /a")).startsWith("HTTP/1.1 204");
      assertThat(ask(served, "PURGE /a")).endsWith("purged");
      assertThat(ask(served, "OPTIONS /a"))
          .startsWith("HTTP/1.1 204")
          .containsIgnoringCase("allow: GET, HEAD, OPTIONS, PURGE\r\n");
      assertThat(ask(served, "HEAD /b"))
          .startsWith("HTTP/1.1 405")
          .containsIgnoringCase("allow: OPTIONS, POST\r\n")
          .endsWith("\r\n\r\n");
      assertThat(ask(served, "get /a")).startsWith("HTTP/1.1 405"); // methods have their case
      assertThat(ask(served, "OPTIONS *")).startsWith("HTTP/1.1 204");
      assertThat(ask(served, "OPTIONS /nowhere")).startsWith("HTTP/1.1 404");
      assertThat(ask(served, "GET /c")).startsWith("HTTP/1.1 404"); // a slash counts
      assertThat(ask(served, "CONNECT x:80")).startsWith("HTTP/1.1 404");
    }
  }

  @Test
  void patternsThatMeanNothingAreRefused() {
    for (String wrong :
        new String[] {"a", "/{}", "/{...}", "/{a...}/b", "/{a}/{a}", "/a{b}", "/{a", "/a}"}) {
      assertThatThrownBy(() -> new Router().get(wrong, say("")))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new Router().get("/{a}", say("")).get("/{b}", say("")))
        .hasMessageContaining("means the same");
  }
}
