// The port to a model that turns texts into vectors. Its body uses OpenAI's API, which many servers
// share: POST <base>/embeddings.
//
// Failure: no answer, or one that asks us to come again later: `transient`; a rejected key:
// `permission`; a malformed answer: `upstream`. Thread: from any thread.
#pragma once

#include "control/http/client.h"

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace control {

class Embeddings {
public:
    virtual ~Embeddings() = default;
    // Vectors of different models cannot be compared.
    [[nodiscard]] virtual const std::string& model() const = 0;
    // One vector per text, in the order of the texts, all of one length. At most kMostTexts texts.
    [[nodiscard]] virtual contracts::Result<std::vector<std::vector<float>>> embed(
        const std::vector<std::string>& texts, std::stop_token stop) = 0;
};

inline constexpr std::size_t kMostTexts = 64;

struct EmbeddingsSettings {
    std::string url;    // EMBEDDINGS_URL: "https://api.openai.com/v1", without a slash at its end
    std::string key;    // EMBEDDINGS_KEY; empty: none is sent
    std::string model;  // EMBEDDINGS_MODEL
    std::chrono::milliseconds patience{20'000};
};

// Borrows the client.
[[nodiscard]] std::unique_ptr<Embeddings> make_embeddings(EmbeddingsSettings settings,
                                                          HttpClient& client);

}  // namespace control
