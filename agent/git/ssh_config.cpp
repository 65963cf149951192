// SPDX-License-Identifier: MIT
#include "git/ssh_config.hpp"

#include "envkeep/core/match.hpp"
#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/glob.hpp"
#include "git/host_pattern.hpp"
#include "git/ssh_keywords.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace envkeep::git {
namespace {

constexpr int deepest_include = 16;  // ssh's own limit
constexpr int most_files = 200;
constexpr std::size_t most_bytes = std::size_t{4} << 20U;
constexpr std::size_t most_messages = 50;

bool is_wild(std::string_view name) {
    return name.find_first_of("*?[") != std::string_view::npos;
}

class ConfigFiles {
  public:
    ConfigFiles(const SshConfigReader& reader, const std::string& host, const std::string& user)
        : reader_(reader), host_(host), user_(user), name_(host) {}

    SshConfig read() && {
        read_all();
        if (wants_final_) {
            is_final_ = true;
            name_ = config_.host_name.value_or(lower_case(host_));
            config_.host_name = name_;
            files_ = 0;
            bytes_ = 0;
            read_all();
        }
        return std::move(config_);
    }

  private:
    void read_all() {
        for (const std::string& folder : {reader_.home + "/.ssh", std::string("/etc/ssh")}) {
            folder_ = folder;
            read_file(folder + (folder == "/etc/ssh" ? "/ssh_config" : "/config"), true, 0);
        }
    }

    // `is_active`: the block of the line that includes the file is of this host.
    void read_file(const std::string& path, bool is_active, int depth) {
        const Result<std::string> text = reader_.read(path);
        const std::string file = shown(path);
        if (!text) {
            if (text.error().kind != ErrorKind::not_found) {
                report(fmt::format("{}: {}", file, text.error().message));
            }
            return;
        }
        bytes_ += text->size();
        if (++files_ > most_files || bytes_ > most_bytes) {
            report(fmt::format("{}: too much is included", file));
            return;
        }
        const bool is_outer_active = is_active;
        std::size_t number = 0;
        for (const std::string_view line : split(*text, '\n')) {
            place_ = fmt::format("{}:{}", file, ++number);
            take(read_config_line(line), is_active, is_outer_active, depth);
        }
    }

    void take(const ConfigLine& line, bool& is_active, bool is_outer_active, int depth) {
        if (line.keyword.empty() && line.words.empty()) {
            return;
        }
        const Meaning meaning = meaning_of(line.keyword);
        if (const auto* const block = std::get_if<Block>(&meaning); block != nullptr) {
            if (!line.is_sound || line.words.empty()) {
                report(fmt::format("{}: {} cannot be read", place_, quoted(line.keyword)));
                is_active = is_active && *block == Block::include;
            } else if (*block == Block::include) {
                include(line.words, is_active, depth);
            } else {
                const bool fits =
                    *block == Block::host ? fits_host(line.words) : fits_criteria(line.words);
                is_active = is_outer_active && fits;
            }
        } else if (is_active) {
            set(line, meaning);
        }
    }

    bool fits_host(const std::vector<std::string>& patterns) const {
        return fits_patterns(name_, {patterns.begin(), patterns.end()});
    }

    // "all", "host a,b user me": what would need more than names is named, if nothing else rules
    // the block out.
    bool fits_criteria(const std::vector<std::string>& words) {
        bool fits = true;
        std::string beyond;
        for (std::size_t i = 0; i < words.size(); ++i) {
            Criterion one = criterion_from(words[i]);
            if (one.needs_value && i + 1 < words.size()) {
                one.value = words[++i];
            }
            wants_final_ = wants_final_ || one.name == "final";
            if (const std::optional<bool> holds = holds_of(one)) {
                fits = fits && *holds != one.is_negated;
            } else {
                beyond = one.name;
            }
        }
        if (fits && !beyond.empty()) {
            name_unsupported(fmt::format("Match {}", beyond), {});
        }
        return fits && beyond.empty();
    }

    struct Criterion {
        std::string name;
        bool is_negated = false;
        bool needs_value = false;  // it is the next word
        std::string value;
    };

    // "host", "!host", "host=a,b".
    static Criterion criterion_from(std::string_view word) {
        Criterion one;
        one.is_negated = word.starts_with('!');
        word.remove_prefix(one.is_negated ? 1 : 0);
        const std::size_t equals = std::min(word.find('='), word.size());
        one.name = lower_case(word.substr(0, equals));
        one.value = word.substr(std::min(equals + 1, word.size()));
        one.needs_value = equals == word.size() && one.name != "all" && one.name != "canonical" &&
                          one.name != "final";
        return one;
    }

    // Nothing for what names cannot tell. Names are never made canonical here.
    [[nodiscard]] std::optional<bool> holds_of(const Criterion& one) const {
        if (one.name == "all") {
            return true;
        }
        if (one.name == "canonical" || one.name == "final") {
            return is_final_;
        }
        const std::optional<std::string> subject = subject_of(one.name);
        if (!subject || one.value.empty()) {
            return std::nullopt;
        }
        // `Host` tells large letters from small ones, and these do not.
        const bool is_of_hosts = one.name == "host" || one.name == "originalhost";
        const std::string patterns = is_of_hosts ? lower_case(one.value) : one.value;
        return fits_patterns(is_of_hosts ? lower_case(*subject) : *subject, split(patterns, ','));
    }

    [[nodiscard]] std::optional<std::string> subject_of(std::string_view criterion) const {
        if (criterion == "host") {
            return config_.host_name.value_or(host_);
        }
        if (criterion == "originalhost") {
            return host_;
        }
        if (criterion == "user") {
            return !user_.empty() ? user_ : config_.user.value_or(reader_.local_user);
        }
        return criterion == "localuser" ? std::optional(reader_.local_user) : std::nullopt;
    }

    void set(const ConfigLine& line, const Meaning& meaning) {
        if (std::holds_alternative<Harmless>(meaning)) {
            return;
        }
        if (std::holds_alternative<Unknown>(meaning)) {
            const std::string ignored = config_.ignore_unknown.value_or("");
            if (!fits_patterns(line.keyword, split(ignored, ','))) {
                report(fmt::format("{}: {} is no keyword of ssh", place_, quoted(line.keyword)));
            }
            return;
        }
        const bool takes_many = std::holds_alternative<WordsOfOneLine>(meaning) ||
                                std::holds_alternative<Unsupported>(meaning);
        const bool is_empty = line.words.empty() || line.words.front().empty();
        if (!line.is_sound || is_empty || (!takes_many && line.words.size() > 1)) {
            report(fmt::format("{}: {} cannot be read", place_, quoted(line.keyword)));
            return;
        }
        match(
            meaning,
            [&](OneValue member) { set_one(member, line); },
            [&](ManyValues member) {
                std::vector<std::string>& values = config_.*member;
                if (std::ranges::find(values, line.words.front()) == values.end() &&
                    values.size() < 100) {
                    values.push_back(line.words.front());
                }
            },
            [&](const WordsOfOneLine& words) {
                if ((config_.*words.values).empty()) {
                    config_.*words.values = line.words;
                }
            },
            [&](const Unsupported& one) { set_unsupported(line, one); },
            [](const auto&) {});
    }

    void set_one(OneValue member, const ConfigLine& line) {
        const std::string& value = line.words.front();
        if (config_.*member) {
            return;
        }
        if (!is_sound_value(line.keyword, value)) {
            report(fmt::format("{}: {} cannot be {}", place_, quoted(line.keyword), quoted(value)));
            return;
        }
        config_.*member = line.keyword == "hostname" ? host_name_from(value) : value;
    }

    static bool is_sound_value(std::string_view keyword, const std::string& value) {
        const std::string lower = lower_case(value);
        const auto is_one_of = [&](std::string_view list) {
            return fits_patterns(lower, split(list, ' '));
        };
        if (keyword == "port") {
            unsigned port = 0;
            const auto [end, fault] =
                std::from_chars(value.data(), value.data() + value.size(), port);
            return fault == std::errc{} && *end == '\0' && port > 0 && port <= 65535;
        }
        if (keyword == "identitiesonly") {
            return is_one_of("yes true no false");
        }
        return keyword != "stricthostkeychecking" ||
               is_one_of("yes true ask accept-new no false off");
    }

    std::string host_name_from(const std::string& value) {
        std::string name;
        for (std::size_t i = 0; i < value.size(); ++i) {
            if (value[i] != '%') {
                name += value[i];
                continue;
            }
            ++i;
            const char token = i < value.size() ? value[i] : '\0';
            if (token != 'h' && token != '%') {
                report(fmt::format("{}: 'hostname' cannot be {}", place_, quoted(value)));
                return host_;
            }
            name += token == 'h' ? host_ : "%";
        }
        return lower_case(name);
    }

    void set_unsupported(const ConfigLine& line, const Unsupported& one) {
        const std::string_view group = one.group.empty() ? line.keyword : one.group;
        if (std::ranges::find(decided_, group) != decided_.end()) {
            return;
        }
        decided_.emplace_back(group);
        if (lower_case(line.words.front()) != one.harmless_value) {
            config_.has_proxy = config_.has_proxy || one.group == "proxy";
            name_unsupported(std::string(one.name), line.words);
        }
    }

    void name_unsupported(const std::string& what, const std::vector<std::string>& words) {
        std::string text = what;
        for (const std::string& word : words) {
            text += ' ' + word;
        }
        add_once(fmt::format("{} ({})", printable(masked(text)), place_), config_.unsupported);
    }

    void include(const std::vector<std::string>& patterns, bool is_active, int depth) {
        if (depth >= deepest_include) {
            report(fmt::format("{}: includes go deeper than {} files", place_, deepest_include));
            return;
        }
        if (!is_active) {
            return;
        }
        const std::string here = place_;
        for (const std::string& pattern : patterns) {
            for (const std::string& path : matching(absolute_from(pattern))) {
                read_file(path, is_active, depth + 1);
            }
        }
        place_ = here;
    }

    [[nodiscard]] std::string absolute_from(const std::string& path) const {
        if (path.starts_with("~/")) {
            return reader_.home + path.substr(1);
        }
        return path.starts_with('/') ? path : folder_ + '/' + path;
    }

    // The paths that an absolute pattern stands for, name by name as glob(7) has it.
    [[nodiscard]] std::vector<std::string> matching(const std::string& pattern) const {
        std::vector<std::string> paths{""};
        for (const std::string_view name : split(std::string_view(pattern).substr(1), '/')) {
            std::vector<std::string> next;
            for (const std::string& path : paths) {
                if (is_wild(name)) {
                    add_entries(path, name, next);
                } else {
                    next.push_back(fmt::format("{}/{}", path, name));
                }
            }
            paths = std::move(next);
        }
        return paths;
    }

    void add_entries(const std::string& folder,
                     std::string_view pattern,
                     std::vector<std::string>& paths) const {
        for (const std::string& name : reader_.names_in(folder.empty() ? "/" : folder)) {
            const bool is_hidden = name.starts_with('.') && !pattern.starts_with('.');
            if (!is_hidden && manifest::fits(pattern, name) && paths.size() <= most_files) {
                paths.push_back(fmt::format("{}/{}", folder, name));
            }
        }
    }

    void report(std::string problem) { add_once(std::move(problem), config_.problems); }

    // The second reading finds the same again.
    static void add_once(std::string text, std::vector<std::string>& texts) {
        if (texts.size() < most_messages && std::ranges::find(texts, text) == texts.end()) {
            texts.push_back(std::move(text));
        }
    }

    [[nodiscard]] std::string shown(const std::string& path) const {
        const bool is_of_home = is_path_within(path, reader_.home);
        return printable(is_of_home ? "~" + path.substr(reader_.home.size()) : path);
    }

    const SshConfigReader& reader_;
    const std::string& host_;
    const std::string& user_;
    SshConfig config_;
    // `Match final` has ssh read all files once more, by the name that the first reading found.
    bool wants_final_ = false;
    bool is_final_ = false;
    std::string name_;
    std::string folder_;                // to which includes are relative
    std::string place_;                 // of the line that is read
    std::vector<std::string> decided_;  // what is not supported, and was said
    int files_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace

SshConfig read_ssh_config(const SshConfigReader& reader,
                          const std::string& host,
                          const std::string& user) {
    return ConfigFiles(reader, host, user).read();
}

}  // namespace envkeep::git
