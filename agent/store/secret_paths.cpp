// SPDX-License-Identifier: MIT
#include "envkeep/store/secret_paths.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <array>

namespace envkeep::store {
namespace {

// Home paths that hold tokens and passwords in plain text; of a folder all that is below it.
// Sorted.
constexpr auto secret_home_paths = std::to_array<std::string_view>({
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
static_assert(std::ranges::is_sorted(secret_home_paths));

// Files that are known by their name alone.
constexpr auto telling_names = std::to_array<std::string_view>({
    ".git-credentials",
    ".netrc",
    ".pgpass",
    ".pypirc",
    "kaggle.json",
});

}  // namespace

std::span<const std::string_view> secret_paths() {
    return secret_home_paths;
}

std::span<const std::string_view> secret_names() {
    return telling_names;
}

bool is_secret_name(std::string_view name) {
    return std::ranges::find(telling_names, name) != telling_names.end();
}

bool is_secret_path(std::string_view below_home) {
    return std::ranges::any_of(secret_home_paths, [&](std::string_view secret) {
        return is_path_within(below_home, secret);
    });
}

}  // namespace envkeep::store
