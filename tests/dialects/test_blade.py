from __future__ import annotations

import pytest

from filter.dialects import blade
from filter.dialects.nodes import DialectError, Source
from tests.dialects.reference import Folder, shown


def read(text: str, files: dict[str, str] | None = None, language: str = "") -> str:
    source = Source("mail.blade.php", text)
    return shown(blade.read(source, Folder(**(files or {})), language=language))


def error(text: str, files: dict[str, str] | None = None) -> DialectError:
    with pytest.raises(DialectError) as caught:
        read(text, files)
    return caught.value


def test_a_value_becomes_a_slot_raw_or_escaped() -> None:
    assert read("{{ $user->name }} {!! $user->name !!}") == "[user_name] [user_name]"


def test_a_directive_takes_the_line_end_behind_it() -> None:
    assert read("a\n@if ($x)\nb\n@endif\nc") == "a\n(if_x: b\n | )c"


def test_a_value_that_may_be_missing_has_another_in_its_place() -> None:
    assert read("{{ $x ?? 'd' }}") == "(if_exists_x: [x] | d)"


def test_isset_unless_and_empty_are_choices() -> None:
    text = "@isset($x) a @endisset @unless($y) b @endunless @empty($y) c @endempty"

    assert read(text) == "(if_exists_x:  a  | ) (if_y:  |  b ) (if_y:  |  c )"


def test_forelse_is_the_loop_or_what_stands_there_when_it_is_empty() -> None:
    text = "@forelse($l as $x){{ $x->n }};@empty none @endforelse"

    assert read(text) == "(if_l: {each_l: [l_n];}+ |  none )"


def test_a_text_for_translation_is_itself_with_its_values() -> None:
    assert read("{{ __('Hi :name', ['name' => $n]) }} @lang('Bye')") == "Hi [n] Bye"


def test_a_text_is_the_one_of_the_language_asked_for() -> None:
    files = {"lang/de.json": '{"Hi :name": "Hallo :name"}'}

    assert read("{{ __('Hi :name', ['name' => $n]) }}", files, "de") == "Hallo [n]"


def test_a_key_of_translation_without_a_catalogue_is_a_slot() -> None:
    assert read("{{ __('mail.hello') }}") == "[mail_hello]"


def test_a_page_stands_in_its_layout() -> None:
    files = {"layouts/mail.blade.php": "<h1>@yield('title', 'None')</h1>@yield('body')"}
    text = "@extends('layouts.mail')\n@section('body')\nHi {{ $n }}\n@endsection\n"

    assert read(text, files) == "<h1>None</h1>Hi [n]\n"


def test_a_section_that_the_layout_shows_is_the_one_of_the_page() -> None:
    files = {"l.blade.php": "[@section('s')\nTheirs\n@show]"}

    assert read("@extends('l')\n@section('s', 'Mine')\n", files) == "[Mine]"
    assert read("@extends('l')\n", files) == "[Theirs\n]"


def test_an_included_file_has_its_values() -> None:
    files = {"parts/sig.blade.php": "{{ $who }}"}

    assert read("@include('parts.sig', ['who' => $user->name])", files) == "[user_name]"


def test_addresses_style_rules_and_doubled_signs_are_text() -> None:
    text = "a@example.com @media (x) { } @@if @{{ raw }}"

    assert read(text) == "a@example.com @media (x) { } @if {{ raw }}"


def test_a_component_is_refused_with_what_to_do_instead() -> None:
    assert "import a rendered message" in str(error("\n<x-mail::message>Hi</x-mail::message>"))


@pytest.mark.parametrize(
    "text",
    [
        "<?php echo 1; ?>",
        "@php\n$x = 1;\n@endphp",
        "@datetime($x)",
        "@if($x) a",
        "@endif",
        "{{ $x",
        "@include($x)",
        "@foreach($x) a @endforeach",
        "@for($i = 0; $i < 3; $i++) a @endfor",
        "{{ $x + }}",
    ],
)
def test_what_cannot_be_told_is_refused(text: str) -> None:
    assert error(f"\n{text}").line == 2


def test_a_file_that_includes_itself_is_refused() -> None:
    assert "includes itself" in error("@include('a')", {"a.blade.php": "@include('a')"}).message


def test_layouts_that_extend_each_other_are_refused() -> None:
    files = {"a.blade.php": "@extends('b')", "b.blade.php": "@extends('a')"}

    assert "includes itself" in error("@extends('a')", files).message
