package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What values look like to a visitor (L5, G5, B12). */
final class LogValuesTest {
  private static @Nullable Object seen(@Nullable Object value) {
    return Values.of(v -> v.kv("k", value)).get("k");
  }

  private record User(String name, int age) implements LogPairs {
    @Override
    public void visit(LogVisitor visitor) {
      visitor.kv("name", name);
      visitor.kv("age", age);
    }
  }

  @Test
  void primitivesKeepTheirType() {
    assertEquals(1L, seen(1));
    assertEquals(1L, seen((short) 1));
    assertEquals(1L, seen((byte) 1));
    assertEquals(Long.MIN_VALUE, seen(Long.MIN_VALUE));
    assertEquals(1.5, seen(1.5));
    assertEquals(0.1, seen(0.1f));
    assertEquals(true, seen(true));
    assertEquals("x", seen('x'));
    assertEquals("text", seen("text"));
  }

  @Test
  void theEntryPassesThemUnboxed() {
    var loop = new Loop(0);
    var all = new ArrayList<Map<String, @Nullable Object>>();
    loop.setLogger(LogFilter.of(LogLevel.INFO), (core, record) -> all.add(Values.of(record)));
    loop.log(LogLevel.INFO)
        .kv("i", 1)
        .kv("l", 2L)
        .kv("d", 0.5)
        .kv("f", 0.5f)
        .kv("c", 'c')
        .kv("b", true)
        .kv("s", "s")
        .kv("n", (Object) null)
        .kv("p")
        .arg("unseen")
        .write("");
    assertEquals(
        "{i=1, l=2, d=0.5, f=0.5, c=c, b=true, s=s, n=null, p=PRESENT}", all.getFirst().toString());
    assertEquals(1L, all.getFirst().get("i"));
    assertEquals("c", all.getFirst().get("c"));
  }

  @Test
  void whatIsAbsentIsShownAsNull() {
    Map<String, @Nullable Object> seen =
        Values.of(
            v -> {
              v.kv("null", (Object) null);
              v.kv("optional", Optional.empty());
              v.kv("int", OptionalInt.empty());
              v.kv("long", OptionalLong.empty());
              v.kv("double", OptionalDouble.empty());
              v.kv("list", Arrays.asList(1, null, Optional.empty()));
            });
    assertEquals(
        "{null=null, optional=null, int=null, long=null, double=null, list=[1, null, null]}",
        seen.toString());
  }

  @Test
  void anOptionalIsItsValue() {
    assertEquals("x", seen(Optional.of("x")));
    assertEquals(List.of(1L), seen(Optional.of(Optional.of(List.of(1)))));
    assertEquals(1L, seen(OptionalInt.of(1)));
    assertEquals(1L, seen(OptionalLong.of(1)));
    assertEquals(1.5, seen(OptionalDouble.of(1.5)));
  }

  @Test
  void collectionsAndArraysAreLists() {
    assertEquals(List.of(1L, "a", List.of(true)), seen(List.of(1, "a", List.of(true))));
    assertEquals(List.of(1L, 2L), seen(new int[] {1, 2}));
    assertEquals(List.of("a"), seen(new char[] {'a'}));
    assertEquals(List.of(List.of(1.5)), seen(new double[][] {{1.5}}));
    assertEquals(List.of(), seen(new Object[0]));
  }

  @Test
  void mapsAndPairsAreMaps() {
    var map = new LinkedHashMap<@Nullable Object, Object>();
    map.put(1, "one");
    map.put(null, new User("ann", 7));
    assertEquals("{1=one, null={name=ann, age=7}}", String.valueOf(seen(map)));
    assertEquals(List.of(Map.of("name", "ann", "age", 7L)), seen(List.of(new User("ann", 7))));
  }

  @Test
  void everythingElseIsText() {
    assertEquals("18446744073709551616", seen(BigInteger.TWO.pow(64)));
    assertEquals("PT1S", seen(Duration.ofSeconds(1)));
    assertEquals("INFO", seen(LogLevel.INFO));
    assertEquals("a/b", String.valueOf(seen(Path.of("a", "b"))).replace('\\', '/'));
    assertEquals("sb", seen(new StringBuilder("sb")));
    assertEquals(
        "null",
        seen(
            new Object() {
              @Override
              public @Nullable String toString() {
                return null;
              }
            }));
  }

  @Test
  void whatHoldsItselfIsCutOff() {
    var list = new ArrayList<Object>();
    list.add(list);
    String text = String.valueOf(seen(list));
    assertEquals("[".repeat(LogValues.MAX_DEPTH) + "…" + "]".repeat(LogValues.MAX_DEPTH), text);
  }

  @Test
  void whatIsAsDeepAsAllowedIsShownWhole() {
    Object nested = "core";
    for (int i = 0; i < LogValues.MAX_DEPTH; i++) {
      nested = List.of(nested);
    }
    assertEquals(nested, seen(nested));
    assertEquals(false, List.of(nested).equals(seen(List.of(nested))));
  }
}
