package lemnos.house;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The exceptions to a rule, each with its reason: the lines of {@code house/allow.txt} that read
 * {@code rule class reason}. An entry that no longer excuses anything is itself a fault.
 */
final class AllowList {
  private static final String FILE = "house/allow.txt";

  private final Set<String> entries = new HashSet<>();
  private final Set<String> used = new HashSet<>();
  private final Set<String> rules;

  AllowList(Set<String> rules) {
    this.rules = rules;
    for (String line : Repository.read(Repository.path(FILE)).lines().toList()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] words = line.strip().split("\\s+", 3);
      if (words.length < 3) {
        throw new IllegalStateException(FILE + ": write `rule class reason`, not: " + line);
      }
      if (rules.contains(words[0])) {
        entries.add(words[0] + " " + words[1]);
      }
    }
  }

  /** Whether the class (or the top-level class around it) is excused from the rule. */
  boolean allows(String rule, String className) {
    if (!rules.contains(rule)) {
      throw new IllegalArgumentException("unknown rule " + rule);
    }
    String entry = rule + " " + className.replaceFirst("\\$.*", "");
    if (entries.contains(entry)) {
      used.add(entry);
      return true;
    }
    return false;
  }

  List<String> faults() {
    List<String> faults = new ArrayList<>();
    for (String entry : entries) {
      if (!used.contains(entry)) {
        faults.add(FILE + ": `" + entry + "` excuses nothing: delete the line");
      }
    }
    return faults;
  }
}
