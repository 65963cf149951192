// SPDX-License-Identifier: MIT
#include "envkeep/git/ssh_settings.hpp"
#include "fuzz/given.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

// Any bytes as ~/.ssh/config, which may include itself. It comes to an end, and all paths are
// absolute.
namespace {

// One that includes itself is read some hundred times: with few inputs only, so that there is time
// for many.
constexpr std::size_t whole_each = 64;
constexpr int most_reads = 4;

using envkeep::given::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const bool is_endless = size % whole_each == 0;
    int reads = 0;
    const git::SshConfigReader reader{
        .read = [&](const std::string& path) -> Result<std::string> {
            const bool is_there = path == "/home/me/.ssh/config" || path == "/home/me/.ssh/a";
            if (!is_there || (!is_endless && ++reads > most_reads)) {
                return failure(ErrorKind::not_found, "no such file");
            }
            return text;
        },
        .names_in =
            [](const std::string& folder) {
                return folder == "/home/me/.ssh" ? std::vector<std::string>{"a", "config"}
                                                 : std::vector<std::string>{};
            },
        .variable = [](std::string_view name) -> std::optional<std::string> {
            return name == "HOME" ? std::optional<std::string>("/home/me") : std::nullopt;
        },
        .home = "/home/me",
        .local_user = "me",
        .local_host = "nb1",
        .uid = 1000};
    const git::SshSettings settings = git::resolve_ssh(reader, "h", "", 0);
    require(settings.port != 0 && !settings.host_name.empty());
    for (const auto* paths :
         {&settings.identity_files, &settings.certificate_files, &settings.known_hosts_files}) {
        for (const std::string& path : *paths) {
            require(path.starts_with('/'));
        }
    }
    require(settings.unsupported.size() <= 50 && settings.problems.size() <= 600);
    return 0;
}
