#include "control/embeddings/embeddings.h"

#include <cmath>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

constexpr std::size_t kLongestVector = 8192;
constexpr std::size_t kMostAnswer = 32 << 20;
constexpr std::size_t kShownOfProblem = 300;

using Vectors = std::vector<std::vector<float>>;

std::unexpected<contracts::Error> unfit(std::string_view what) {
    return fail(ErrorKind::upstream,
                "the embedding model's answer is malformed: " + std::string(what),
                "EMBEDDINGS_URL");
}

Result<std::vector<float>> read_vector(const Json& numbers) {
    if (!numbers.is_array() || numbers.empty() || numbers.size() > kLongestVector)
        return unfit("a vector has 1 to " + std::to_string(kLongestVector) + " numbers");
    std::vector<float> vector;
    vector.reserve(numbers.size());
    for (const Json& number : numbers) {
        if (!number.is_number() || !std::isfinite(number.get<double>()))
            return unfit("a vector contains something that is not a number");
        vector.push_back(number.get<float>());
    }
    return vector;
}

// {"data": [{"index": 0, "embedding": [0.1, …]}, …]}, in any order.
Result<Vectors> read_vectors(const std::string& body, std::size_t count) {
    const Result<Json> answer = contracts::parse_json(body);
    if (!answer || !answer->is_object()) return unfit("it is not a JSON object");
    const auto data = answer->find("data");
    if (data == answer->end() || !data->is_array() || data->size() != count)
        return unfit("it must contain one vector for each text");
    Vectors vectors(count);
    for (const Json& one : *data) {
        const auto index = one.is_object() ? one.find("index") : one.end();
        if (!one.is_object() || index == one.end() || !index->is_number_unsigned() ||
            index->get<std::size_t>() >= count || !vectors[index->get<std::size_t>()].empty())
            return unfit("it must contain exactly one vector for each text's index");
        Result<std::vector<float>> vector = read_vector(one.value("embedding", Json()));
        if (!vector) return vector.fault();
        vectors[index->get<std::size_t>()] = std::move(*vector);
    }
    for (const std::vector<float>& vector : vectors)
        if (vector.size() != vectors.front().size()) return unfit("vectors differ in length");
    return vectors;
}

class HttpEmbeddings final : public Embeddings {
public:
    HttpEmbeddings(EmbeddingsSettings settings, HttpClient& client)
        : settings_(std::move(settings)), client_(client) {}

    const std::string& model() const override { return settings_.model; }
    Result<Vectors> embed(const std::vector<std::string>& texts, std::stop_token stop) override;

private:
    EmbeddingsSettings settings_;
    HttpClient& client_;
};

Result<Vectors> HttpEmbeddings::embed(const std::vector<std::string>& texts, std::stop_token stop) {
    if (texts.empty()) return Vectors();
    if (texts.size() > kMostTexts)
        return fail(ErrorKind::invalid, "has more than " + std::to_string(kMostTexts) + " texts",
                    "texts");
    ClientRequest request{
        .method = "POST",
        .url = settings_.url + "/embeddings",
        .headers = {{"Content-Type", "application/json"}},
        .body = contracts::dump_json({{"model", settings_.model}, {"input", texts}}),
        .timeout = settings_.patience,
        .max_body = kMostAnswer};
    if (!settings_.key.empty())
        request.headers.push_back({"Authorization", "Bearer " + settings_.key});
    const Result<HttpResponse> answer = client_.perform(std::move(request), std::move(stop));
    if (!answer) return answer.fault();
    if (answer->status == 200) return read_vectors(answer->body, texts.size());
    const std::string said = "the embedding model answered " + std::to_string(answer->status) +
                             ": " + answer->body.substr(0, kShownOfProblem);
    if (answer->status == 401 || answer->status == 403)
        return fail(ErrorKind::permission, said, "EMBEDDINGS_KEY");
    const bool is_passing = answer->status == 429 || answer->status >= 500;
    return fail(is_passing ? ErrorKind::transient : ErrorKind::upstream, said, "EMBEDDINGS_URL");
}

}  // namespace

std::unique_ptr<Embeddings> make_embeddings(EmbeddingsSettings settings, HttpClient& client) {
    return std::make_unique<HttpEmbeddings>(std::move(settings), client);
}

}  // namespace control
