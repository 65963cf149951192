// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/manifest/manifest.hpp"

#include <optional>
#include <string>
#include <string_view>

// Changes to the text of a manifest that leave every comment, blank line and order as they are.
// Each reads its result back and fails (invalid_manifest) rather than give text that means
// something else.
namespace envkeep::manifest {

// As an entry names that very path: "$" as "$$". Refuses (usage) what would be read as a pattern.
[[nodiscard]] Result<std::string> exact_path(std::string_view path);

// Adds an entry at the end of `keep:` (which is made if missing); the text as it is if the same
// path is kept already in the same way.
[[nodiscard]] Result<std::string> add_keep(std::string_view text, const Keep& keep);

// What of an entry an edit sets; the rest of it stays as it is.
struct KeepChange {
    std::optional<How> how;
    bool per_python = false;               // set only: never taken out
    std::optional<std::string> exclude{};  // one more of these
};

// Sets that of the entry with that path, where it stands; not_found if there is none.
[[nodiscard]] Result<std::string> change_keep(std::string_view text,
                                              std::string_view path,
                                              const KeepChange& change);

// Takes the entry with that path out, with the comment on its own line; not_found if there is none.
[[nodiscard]] Result<std::string> remove_keep(std::string_view text, std::string_view path);

// Adds a section `dotfiles:` with that URL and branch, and `link: auto`; the manifest must have
// none.
[[nodiscard]] Result<std::string> add_dotfiles(std::string_view text, const Dotfiles& dotfiles);

// Adds a path to `ignore:` of `dotfiles:`; not_found if the text itself has no such section.
[[nodiscard]] Result<std::string> ignore_dotfile(std::string_view text, std::string_view path);

// Takes the variable out of `env:`, with the comment on its own line; not_found if the text itself
// sets none of that name. One that does not stand on a line of its own is for an edit by hand.
[[nodiscard]] Result<std::string> remove_variable(std::string_view text, std::string_view name);

// A text as a value that any YAML reader takes for what it is, in block and in flow lists.
[[nodiscard]] std::string text_value(std::string_view text);

// One entry as it would be written by hand: `- .ssh` or `- {path: .local, per: python}`.
[[nodiscard]] std::string keep_text(const Keep& keep);

}  // namespace envkeep::manifest
