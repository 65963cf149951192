// SPDX-License-Identifier: MIT
#include "keep/well_known.hpp"

#include "keep/resolve_places.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace envkeep::keep {
namespace {

using manifest::Preset;

// Home paths that hold tokens and passwords in plain text; of a folder all that is below it.
// Sorted.
constexpr auto secret_paths = std::to_array<std::string_view>({
    ".aws",
    ".azure",
    ".boto",
    ".cache/huggingface/stored_tokens",
    ".cache/huggingface/token",
    ".cargo/credentials.toml",
    ".config/containers/auth.json",
    ".config/gcloud/application_default_credentials.json",
    ".config/gcloud/credentials.db",
    ".config/gh/hosts.yml",
    ".config/git/credentials",
    ".config/kaggle/kaggle.json",
    ".config/rclone/rclone.conf",
    ".docker/config.json",
    ".gnupg",
    ".huggingface/token",
    ".kaggle",
    ".kube/config",
    ".my.cnf",
    ".npmrc",
    ".s3cfg",
    ".vault-token",
    ".wandb/settings",
});
static_assert(std::ranges::is_sorted(secret_paths));

// Files that are known by their name alone.
constexpr auto secret_names = std::to_array<std::string_view>({
    ".git-credentials",
    ".netrc",
    ".pgpass",
    ".pypirc",
    "kaggle.json",
});

constexpr std::string_view ssh_folder = ".ssh";

}  // namespace

Preset preset_of_name(std::string_view name) {
    if (name == ssh_folder) {
        return Preset::ssh;
    }
    return std::ranges::find(secret_names, name) != secret_names.end() ? Preset::secrets
                                                                       : Preset::none;
}

Preset well_known_preset(std::string_view below_home) {
    std::string_view name;
    for (std::string_view rest = below_home; !rest.empty();) {
        const std::size_t end = std::min(rest.find('/'), rest.size());
        name = rest.substr(0, end);
        if (name == ssh_folder) {
            return Preset::ssh;
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const bool is_secret = std::ranges::any_of(
        secret_paths, [&](std::string_view secret) { return is_path_within(below_home, secret); });
    return is_secret ? Preset::secrets : preset_of_name(name);
}

std::vector<RelPath> well_known_below(std::string_view below_home) {
    const auto is_below = [&](std::string_view secret) {
        return secret.size() > below_home.size() && secret[below_home.size()] == '/' &&
               secret.starts_with(below_home);
    };
    std::vector<RelPath> found;
    // What is below "a" stands together, but not right behind it: "a", "a-b", "a/b".
    for (auto at = std::ranges::lower_bound(secret_paths, below_home);
         at != secret_paths.end() && at->starts_with(below_home);
         ++at) {
        if (!is_below(*at)) {
            continue;
        }
        if (auto path = RelPath::parse(at->substr(below_home.size() + 1))) {
            found.push_back(*std::move(path));
        }
    }
    return found;
}

}  // namespace envkeep::keep
