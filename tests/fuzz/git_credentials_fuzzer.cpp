// SPDX-License-Identifier: MIT
#include "envkeep/git/http_credentials.hpp"
#include "fuzz/given.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

// Any bytes as git's store of credentials and as a .netrc. What is offered to a host stands on a
// line that names it.
using envkeep::given::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const git::HttpCredentialSources sources{
        .token_variable = {},
        .token_place = {},
        .variable = [](std::string_view) { return std::nullopt; },
        .read = [&](const std::string&) -> Result<std::string> { return text; },
        .home = "/home/me"};
    const git::Address secure{
        .way = git::Way::https, .user = {}, .host = "h.example", .port = 0, .path = "/x"};
    git::Address plain = secure;
    plain.way = git::Way::http;
    for (const git::HttpCredential& one : git::http_credentials(secure, sources)) {
        require(one.secret.size() <= text.size() && !one.source.empty());
        require(one.source.find(one.secret) == one.source.npos || one.secret.size() < 14);
    }
    const bool names_http = text.find("http://") != text.npos;
    require(names_http || git::http_credentials(plain, sources).empty());
    return 0;
}
