import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import software.amazon.event.ruler.Machine;

/**
 * Asks the real aws/event-ruler. Standard input: a line of JSON per pattern, {"pattern": text, "events": [text, ...]}.
 * Standard output: a line each, {"matches": [index, ...]} or {"refused": reason}. `make-vectors.ts` runs it.
 */
public final class Judge {
  public static void main(String[] args) throws Exception {
    ObjectMapper json = new ObjectMapper();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, "UTF-8");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode asked = json.readTree(line);
      out.println(json.writeValueAsString(judged(json, asked)));
    }
    out.flush();
  }

  private static ObjectNode judged(ObjectMapper json, JsonNode asked) throws Exception {
    ObjectNode answer = json.createObjectNode();
    Machine machine = new Machine();
    try {
      machine.addRule("rule", asked.get("pattern").asText());
    } catch (Exception refused) {
      String reason = String.valueOf(refused.getMessage());
      return answer.put("refused", reason.split("\n")[0]);
    }
    ArrayNode matches = answer.putArray("matches");
    int index = 0;
    for (JsonNode event : asked.get("events")) {
      if (!machine.rulesForJSONEvent(event.asText()).isEmpty()) matches.add(index);
      index += 1;
    }
    return answer;
  }
}
