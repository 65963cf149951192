// SPDX-License-Identifier: MIT
#include "envkeep/manifest/evaluate.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/manifest/glob.hpp"
#include "manifest/path_rules.hpp"
#include "manifest/variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace envkeep::manifest {
namespace {

Lookup lookup_of(const Facts& facts) {
    return [&facts](std::string_view name) -> std::optional<std::string> {
        // --home counts, whatever the environment says.
        if (name == "HOME") {
            return facts.home;
        }
        return facts.variable ? facts.variable(name) : std::nullopt;
    };
}

// The normal form, relative to the home where it is below it.
Result<std::string> expand_path(std::string_view written, const Facts& facts) {
    ENVKEEP_TRY(const std::string normal, written_path(written));
    ENVKEEP_TRY(std::string expanded, expand_variables(normal, lookup_of(facts)));
    if (expanded.empty()) {
        return expanded;
    }
    ENVKEEP_TRY(std::string path, normal_path(expanded));
    if (!path.starts_with('/')) {
        return path;
    }
    ENVKEEP_TRY(const std::string home, normal_path(facts.home));
    const std::string below = home == "/" ? home : home + "/";
    if (path == home) {
        return std::string();
    }
    return path.starts_with(below) ? path.substr(below.size()) : path;
}

Result<std::string> absolute_path(std::string_view written, const Facts& facts) {
    ENVKEEP_TRY(std::string path, expand_path(written, facts));
    if (path.starts_with('/')) {
        return path;
    }
    return path.empty() ? facts.home
                        : fmt::format("{}{}{}", facts.home, facts.home == "/" ? "" : "/", path);
}

// A path in which `*`, `?` and `[` have a meaning: they must have been written, not brought in.
Result<std::string> expand_pattern(std::string_view written, const Facts& facts) {
    if (written.find('$') != std::string_view::npos) {
        ENVKEEP_TRY(const std::vector<Piece> pieces, split_variables(written));
        for (const Piece& piece : pieces) {
            const std::optional<std::string> value = piece.is_variable && piece.text != "HOME"
                                                         ? lookup_of(facts)(piece.text)
                                                         : std::nullopt;
            if (value && is_pattern(*value)) {
                return failure(
                    ErrorKind::invalid_manifest,
                    fmt::format("in {}: the value of {} would be taken for a pattern: {}",
                                quoted(written),
                                quoted(piece.text),
                                quoted(*value)),
                    "write the path without this variable");
            }
        }
    }
    return expand_path(written, facts);
}

Result<std::string> expand_text(const std::string& text, const Facts& facts) {
    if (text == "~" || text.starts_with("~/")) {
        ENVKEEP_TRY(const std::string rest, expand_variables(text.substr(1), lookup_of(facts)));
        return facts.home + rest;
    }
    if (text.starts_with('/') || text.starts_with('$')) {
        return expand_variables(text, lookup_of(facts));
    }
    return text;
}

bool fits_any(const std::vector<std::string>& patterns, std::string_view text) {
    return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
               return fits(pattern, text);
           });
}

bool is_any_set(const Condition& condition, const Facts& facts) {
    const Lookup lookup = lookup_of(facts);
    return condition.variable.empty() ||
           std::ranges::any_of(condition.variable, [&](const auto& wanted) {
               const std::optional<std::string> value = lookup(wanted.first);
               return value && (!wanted.second || fits(*wanted.second, *value));
           });
}

bool is_image(const Condition& condition, const Facts& facts) {
    if (condition.image.empty()) {
        return true;
    }
    const std::vector<std::string> names =
        facts.images ? facts.images() : std::vector<std::string>();
    return std::ranges::any_of(
        names, [&](const std::string& name) { return fits_any(condition.image, name); });
}

class Evaluation {
  public:
    Evaluation(const Manifest& written, const Facts& facts) : written_(written), facts_(facts) {
        reading_.manifest = {.files = written.files,
                             .known_hosts = written.known_hosts,
                             .packages = written.packages,
                             .snapshot = written.snapshot,
                             .gpu = written.gpu,
                             .doctor = written.doctor,
                             .start_limit = written.start_limit,
                             .save_every = written.save_every,
                             .backup_limit_percent = written.backup_limit_percent,
                             .backup_expiry = written.backup_expiry};
    }

    Reading run() {
        for (const Keep& keep : written_.keeps) {
            add(keep, reading_.manifest.keeps, &Evaluation::expand_keep);
        }
        for (const ModeRule& rule : written_.modes) {
            add_rule(rule);
        }
        if (written_.dotfiles) {
            std::vector<Dotfiles> one;
            add(*written_.dotfiles, one, &Evaluation::expand_dotfiles);
            if (!one.empty()) {
                reading_.manifest.dotfiles = std::move(one.front());
            }
        }
        for (const Repository& repository : written_.repositories) {
            add(repository, reading_.manifest.repositories, &Evaluation::expand_repository);
        }
        for (const Variable& variable : written_.environment) {
            add(variable, reading_.manifest.environment, &Evaluation::expand_variable);
        }
        if (written_.doctor) {
            expand_search(*written_.doctor);
        }
        return std::move(reading_);
    }

  private:
    // Adds what holds here, expanded; what cannot be expanded becomes a problem.
    template <typename Entry>
    void add(const Entry& written,
             std::vector<Entry>& entries,
             Result<std::string> (Evaluation::*expand)(Entry&) const) {
        if (written.when) {
            const Result<bool> is_wanted = holds(*written.when, facts_);
            if (!is_wanted) {
                report(written.mark, is_wanted.error());
                return;
            }
            if (!*is_wanted) {
                return;
            }
        }
        Entry entry = written;
        entry.when.reset();
        const Result<std::string> key = (this->*expand)(entry);
        if (!key) {
            report(written.mark, key.error());
        } else if (is_first(*key, written.mark)) {
            entries.push_back(std::move(entry));
        }
    }

    void add_rule(const ModeRule& written) {
        ModeRule rule = written;
        const Result<std::string> pattern = expand_pattern(written.pattern, facts_);
        const Result<void> sound =
            pattern ? check_mode_pattern(*pattern) : Result<void>(tl::unexpected(pattern.error()));
        if (!sound) {
            report(written.mark, sound.error());
            return;
        }
        rule.pattern = *pattern;
        if (is_first("mode " + rule.pattern, written.mark)) {
            reading_.manifest.modes.push_back(std::move(rule));
        }
    }

    // Absolute folders.
    void expand_search(const Doctor& written) {
        reading_.manifest.doctor->search.clear();
        for (const std::string& folder : written.search) {
            if (Result<std::string> path = absolute_path(folder, facts_)) {
                reading_.manifest.doctor->search.push_back(*std::move(path));
            } else {
                report(written.mark, path.error());
            }
        }
    }

    // Each gives what must be unique in a manifest.
    Result<std::string> expand_keep(Keep& keep) const {
        ENVKEEP_TRY(keep.path, expand_pattern(keep.path, facts_));
        ENVKEEP_CHECK(check_keep_path(keep.path));
        if (keep.to) {
            ENVKEEP_TRY(keep.to, expand_store_side(*keep.to));
        }
        return "keep " + keep.path;
    }

    // Relative to the store, but `~/` is the home.
    Result<std::string> expand_store_side(const std::string& written) const {
        if (written.starts_with('~') || written.starts_with("$HOME/")) {
            return absolute_path(written, facts_);
        }
        ENVKEEP_TRY(const std::string expanded, expand_variables(written, lookup_of(facts_)));
        ENVKEEP_TRY(std::string normal, normal_path(expanded));
        ENVKEEP_CHECK(check_store_side(normal));
        return normal;
    }

    Result<std::string> expand_dotfiles(Dotfiles& dotfiles) const {
        for (auto& [from, to] : dotfiles.links) {
            ENVKEEP_TRY(to, expand_path(to, facts_));
            ENVKEEP_CHECK(check_place(to));
        }
        return std::string("dotfiles");
    }

    Result<std::string> expand_repository(Repository& repository) const {
        ENVKEEP_TRY(repository.dir, expand_path(repository.dir, facts_));
        ENVKEEP_CHECK(check_place(repository.dir));
        return "dir " + repository.dir;
    }

    Result<std::string> expand_variable(Variable& variable) const {
        if (variable.value) {
            ENVKEEP_TRY(variable.value, expand_text(*variable.value, facts_));
        }
        for (std::string& element : variable.prepend) {
            ENVKEEP_TRY(element, expand_text(element, facts_));
        }
        for (std::string& element : variable.append) {
            ENVKEEP_TRY(element, expand_text(element, facts_));
        }
        return "env " + variable.name;
    }

    bool is_first(const std::string& key, const Mark& mark) {
        const auto [first, is_new] = seen_.emplace(key, mark);
        if (is_new) {
            return true;
        }
        const Mark& other = first->second;
        const std::string place =
            other.file == mark.file || other.file >= written_.files.size()
                ? fmt::format("line {}", other.line)
                : fmt::format("{}:{}", written_.files[other.file], other.line);
        report(
            mark,
            {.kind = ErrorKind::invalid_manifest,
             .message = fmt::format(
                 "{} is here what {} says already", quoted(key.substr(key.find(' ') + 1)), place),
             .hint = "take one out, or give them 'when' conditions that exclude each other"});
        return false;
    }

    void report(const Mark& mark, const Error& error) {
        reading_.problems.push_back(
            {.file = mark.file < written_.files.size() ? written_.files[mark.file] : std::string(),
             .line = mark.line,
             .column = mark.column,
             .message = error.message,
             .hint = error.hint,
             .snippet = {}});
    }

    const Manifest& written_;
    const Facts& facts_;
    Reading reading_;
    std::unordered_map<std::string, Mark> seen_;
};

}  // namespace

Result<bool> holds(const Condition& condition, const Facts& facts) {
    if (!fits_any(condition.platform, facts.platform) || !is_image(condition, facts) ||
        !fits_any(condition.host, facts.host) ||
        (condition.gpu && *condition.gpu != facts.has_gpu) || !is_any_set(condition, facts)) {
        return false;
    }
    for (const std::string& file : condition.file) {
        ENVKEEP_TRY(const std::string path, absolute_path(file, facts));
        if (!facts.exists || !facts.exists(path)) {
            return false;
        }
    }
    for (const Condition& unwanted : condition.none_of) {
        ENVKEEP_TRY(const bool is_met, holds(unwanted, facts));
        if (is_met) {
            return false;
        }
    }
    return true;
}

Manifest written_out(Manifest evaluated) {
    const auto escape = [](std::string& text) { text = without_variables(text); };
    const auto escape_value = [&](std::string& text) {
        // Only what begins as a path is searched for variables.
        if (text.starts_with('/') || text.starts_with('$')) {
            escape(text);
        }
    };
    for (Keep& keep : evaluated.keeps) {
        escape(keep.path);
        if (keep.to) {
            escape(*keep.to);
        }
    }
    for (ModeRule& rule : evaluated.modes) {
        escape(rule.pattern);
    }
    if (evaluated.dotfiles) {
        for (auto& [from, to] : evaluated.dotfiles->links) {
            escape(to);
        }
    }
    for (Repository& repository : evaluated.repositories) {
        escape(repository.dir);
    }
    if (evaluated.doctor) {
        std::ranges::for_each(evaluated.doctor->search, escape);
    }
    for (Variable& variable : evaluated.environment) {
        if (variable.value) {
            escape_value(*variable.value);
        }
        std::ranges::for_each(variable.prepend, escape_value);
        std::ranges::for_each(variable.append, escape_value);
    }
    return evaluated;
}

Reading evaluate(const Manifest& manifest, const Facts& facts) {
    return Evaluation(manifest, facts).run();
}

}  // namespace envkeep::manifest
