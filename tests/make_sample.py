"""Makes the media of the sample show: cover, picture, audio, chapters, transcript.

Needs Pillow, ffmpeg, espeak-ng and the DejaVu fonts. Run `python tests/make_sample.py`.
The made files are committed; run this again only to change them. It prints where the
chapters of sales-leader.md start, which lists them in its front matter.
"""

import subprocess
import tempfile
import wave
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parent.parent
EPISODES = ROOT / "episodes"
FONTS = Path("/usr/share/fonts/truetype/dejavu")
NAVY, GRID, WHITE, ORANGE, GREY = "#0d2b45", "#173a59", "#ffffff", "#ff8a1f", "#5b6b7a"
VOICES = {"Jost Ackermeier": "de", "Ilka Birkenrath": "de+f2", "Mirja Tannhoff": "de+f4"}
PAUSE, CHAPTER_PAUSE = 0.35, 0.9  # seconds of silence after a line, before a chapter

# "= " begins a chapter, "@ " names who speaks; any other line is one spoken sentence or two,
# and one cue of the transcript.
SALES_LEADER = """
= Begrüßung
@ Jost Ackermeier
Willkommen beim B2B-Ingenieur, dem Podcast für Technik und Vertrieb.
Ich bin Jost Ackermeier. Heute geht es um den Weg vom Ingenieur zum Sales Leader.
Zu Gast ist Ilka Birkenrath. Sie ist vom Prüfstand in die Vertriebsleitung gewechselt.
@ Ilka Birkenrath
Danke für die Einladung. Ich habe dabei fast jeden Fehler selbst gemacht.
= Was ein Sales Leader tut
@ Jost Ackermeier
Dann fangen wir vorne an. Was tut ein Sales Leader den ganzen Tag?
@ Ilka Birkenrath
Er verkauft nicht selbst. Er sorgt dafür, dass andere gut verkaufen.
Dafür gibt er Richtung, er räumt Hindernisse weg, und er bildet Menschen aus.
Wer weiter jeden großen Kunden selbst besucht, hat den teuersten Verkäufer der Firma.
Aber er hat keine Vertriebsleitung.
= Was Ingenieure mitbringen
@ Jost Ackermeier
Haben Ingenieure dabei einen Vorteil?
@ Ilka Birkenrath
Ja, drei sogar. Erstens denken sie in Prozessen und nicht in Heldentaten.
Zweitens messen sie, bevor sie urteilen.
Und drittens glaubt ihnen die Entwicklung, wenn sie von einem Kundenproblem berichten.
@ Jost Ackermeier
Und wo stolpern sie?
@ Ilka Birkenrath
Sie lösen das Problem selbst, weil es schneller geht. Das Team lernt dabei nichts.
Ich frage heute zuerst: Was würdest du tun, wenn ich im Urlaub wäre?
= Die ersten neunzig Tage
@ Jost Ackermeier
Was raten Sie für die ersten neunzig Tage?
@ Ilka Birkenrath
Im ersten Monat zuhören, und mit jedem aus dem Team zu einem Kunden fahren.
Im zweiten Monat eine einzige Sache verbessern, die alle täglich ärgert.
Und im dritten Monat gemeinsam festlegen, woran wir guten Vertrieb erkennen.
= Fazit
@ Jost Ackermeier
Mein Fazit: Führung im Vertrieb ist ein eigener Beruf, und man kann ihn lernen.
Den ganzen Artikel finden Sie auf unserer Seite. Bis zum nächsten Mal!
"""
ANGEBOTE = """
@ Jost Ackermeier
Willkommen beim B2B-Ingenieur. Ich bin Jost Ackermeier.
Heute sprechen wir darüber, wie Sie Angebote nachfassen, ohne zu nerven.
Viele Angebote gehen nicht verloren. Sie schlafen ein.
Der Kunde hat drei andere Projekte, und niemand fragt nach.
Das beste Mittel dagegen wirkt schon vor dem Angebot: der vereinbarte nächste Schritt.
Fragen Sie: Wann wollen wir das Angebot gemeinsam durchgehen?
Mit einem Termin fassen Sie nicht nach. Sie halten eine Verabredung ein.
Danach hilft ein fester Takt. Am zweiten Tag fragen Sie, ob alles angekommen ist.
Am siebten Tag liefern Sie etwas Neues, zum Beispiel eine Rechnung zum Nutzen.
Am vierzehnten Tag klären Sie, wer noch mitentscheidet.
Und am dreißigsten Tag bitten Sie um ein ehrliches Ja oder Nein.
Die wichtigste Regel lautet: Jeder Kontakt bringt dem Kunden etwas.
Wer nur wissen will, wie der Stand ist, fragt für sich selbst.
Auch ein Nein ist ein Ergebnis, denn es macht Zeit frei für den nächsten Kunden.
Eine Tabelle mit Takt und Formulierungen steht im Artikel. Bis zum nächsten Mal!
"""
BEDARFSANALYSE = """
= Begrüßung
@ Jost Ackermeier
Willkommen beim B2B-Ingenieur. Ich bin Jost Ackermeier.
Heute geht es um die Bedarfsanalyse. Zu Gast ist die Einkäuferin Mirja Tannhoff.
@ Mirja Tannhoff
Guten Tag. Ich sitze meistens auf der anderen Seite des Tisches.
= Erst fragen, dann zeigen
@ Jost Ackermeier
Was stört Sie am häufigsten an Verkaufsgesprächen?
@ Mirja Tannhoff
Dass nach fünf Minuten die Präsentation läuft. Niemand weiß da, was ich brauche.
Wer mich zuerst fragt, was der Stillstand kostet, bekommt meine volle Aufmerksamkeit.
= Vier Arten von Fragen
@ Jost Ackermeier
Ich ordne meine Fragen in vier Gruppen: Lage, Problem, Folge und Ziel.
Die Folge ist die wichtigste. Aus ihr ergibt sich, was eine Lösung wert ist.
@ Mirja Tannhoff
Und bitte danach schweigen. Die beste Antwort kommt oft erst nach der Pause.
= Fazit
@ Jost Ackermeier
Fassen Sie am Ende in drei Sätzen zusammen, was Sie verstanden haben.
Nickt der Kunde, dürfen Sie anbieten. Nickt er nicht, fragen Sie weiter.
Den Leitfaden zum Mitnehmen finden Sie im Artikel. Bis zum nächsten Mal!
"""
TRAILER = """
@ Jost Ackermeier
Sie entwickeln, Sie erklären, und irgendwann sollen Sie verkaufen.
Ich bin Jost Ackermeier, und das ist der B2B-Ingenieur, der Podcast für Technik und Vertrieb.
Jede zweite Woche eine Folge. Abonnieren Sie jetzt, es kostet nichts.
"""


def font(size: int, name: str = "DejaVuSans-Bold") -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / f"{name}.ttf", size)


def cover(path: Path) -> None:
    """A name as an engineer draws it: on grid paper, with its dimension line."""
    image = Image.new("RGB", (3000, 3000), NAVY)
    draw = ImageDraw.Draw(image)
    for at in range(0, 3001, 150):
        draw.line([(at, 0), (at, 3000)], GRID, 6)
        draw.line([(0, at), (3000, at)], GRID, 6)
    left, right, top = 300, 2700, 750
    draw.line([(left, top), (right, top)], ORANGE, 26)
    for x, inward in ((left, 1), (right, -1)):
        draw.line([(x, top - 130), (x, top + 200)], ORANGE, 26)
        draw.polygon([(x, top), (x + inward * 150, top - 55), (x + inward * 150, top + 55)], ORANGE)
    draw.rectangle([930, top - 100, 2070, top + 100], NAVY)
    draw.text((1500, top), "PODCAST", WHITE, font(190), anchor="mm")
    big = font(1220)
    draw.text((left - 112, 1960), "B", WHITE, big, anchor="ls")
    draw.text((1500, 1960), "2", ORANGE, big, anchor="ms")
    draw.text((right + 87, 1960), "B", WHITE, big, anchor="rs")
    draw.text((1500, 2410), "Ingenieur", WHITE, font(445), anchor="ms")
    image.save(path, quality=90, optimize=True)


def chart(path: Path) -> None:
    """When offers are decided: one bar for each contact."""
    bars = [("ohne Nachfassen", 14), ("1. Kontakt", 31), ("2. Kontakt", 52), ("3. Kontakt", 71)]
    image = Image.new("RGB", (1600, 900), WHITE)
    draw = ImageDraw.Draw(image)
    draw.text((80, 70), "Wer nachfasst, bekommt eine Antwort", NAVY, font(58))
    note = "Entschiedene Angebote in Prozent, Beispielrechnung mit 120 Angeboten"
    draw.text((80, 155), note, GREY, font(32, "DejaVuSans"))
    for row, (name, percent) in enumerate([*bars, ("4. Kontakt", 83)]):
        y, end = 260 + row * 118, 480 + percent * 11
        draw.text((450, y + 38), name, NAVY, font(36, "DejaVuSans"), anchor="rm")
        draw.rectangle([480, y, end, y + 76], ORANGE if row == 4 else NAVY)
        draw.text((end + 18, y + 38), f"{percent} %", NAVY, font(38), anchor="lm")
    image.save(path, optimize=True)


def portrait(path: Path, name: str, colour: str) -> None:
    """A person's initials."""
    image = Image.new("RGB", (600, 600), colour)
    initials = "".join(word[0] for word in name.split())
    ImageDraw.Draw(image).text((300, 300), initials, WHITE, font(240), anchor="mm")
    image.save(path, optimize=True)


def questions(path: Path) -> None:
    """An episode's own picture: a question mark on grid paper."""
    image = Image.new("RGB", (1400, 1400), NAVY)
    draw = ImageDraw.Draw(image)
    for at in range(0, 1401, 70):
        draw.line([(at, 0), (at, 1400)], GRID, 4)
        draw.line([(0, at), (1400, at)], GRID, 4)
    draw.text((700, 700), "?", ORANGE, font(1000), anchor="mm")
    image.save(path, quality=88, optimize=True)


def timestamp(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"00:{minutes:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"


def speak(script: str, audio: Path, title: str) -> tuple[list[str], list[str]]:
    """Speaks a script into `audio`; returns its chapter lines and its transcript cues."""
    chapters: list[str] = []
    cues: list[str] = []
    speaker, frames, rate = "", b"", 22050  # espeak-ng speaks at 22050 Hz, 16 bit, mono
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "line.wav"
        for line in script.strip().splitlines():
            now = len(frames) / 2 / rate
            if line.startswith("= "):
                frames += bytes(2 * int(CHAPTER_PAUSE * rate)) if frames else b""
                chapters.append(f"{timestamp(len(frames) / 2 / rate)} {line[2:]}")
            elif line.startswith("@ "):
                speaker = line[2:]
            else:
                command = ["espeak-ng", "-v", VOICES[speaker], "-s", "150", "-w", str(wav), line]
                subprocess.run(command, check=True)
                with wave.open(str(wav)) as spoken:
                    frames += spoken.readframes(spoken.getnframes())
                end = timestamp(len(frames) / 2 / rate)
                cues.append(f"{timestamp(now)} --> {end}\n<v {speaker}>{line}\n")
                frames += bytes(2 * int(PAUSE * rate))
    # espeak-ng has high peaks; without the compressor loudnorm stays below its target
    sound = "acompressor=threshold=-24dB:ratio=4:attack=2:release=80,loudnorm=I=-16:TP=-2:LRA=7"
    encode = f"ffmpeg -v error -y -f s16le -ar {rate} -ac 1 -i - -af {sound} -ar 44100 -b:a 64k"
    encode += " -fflags +bitexact -flags:a +bitexact"
    encode += " -movflags +faststart" if audio.suffix == ".m4a" else ""
    tags = ["-metadata", f"title={title}", "-metadata", "artist=Jost Ackermeier"]
    subprocess.run([*encode.split(), *tags, str(audio)], input=frames, check=True)
    return chapters, cues


def main() -> None:
    folder = EPISODES / "angebote-nachfassen"
    cover(ROOT / "cover.jpg")
    chart(folder / "antworten.png")
    (EPISODES / "personen").mkdir(exist_ok=True)
    portrait(EPISODES / "personen/jost-ackermeier.png", "Jost Ackermeier", NAVY)
    portrait(EPISODES / "personen/ilka-birkenrath.png", "Ilka Birkenrath", "#7a3e00")
    questions(EPISODES / "bedarfsanalyse.jpg")
    speak(TRAILER, EPISODES / "trailer.mp3", "Worum es hier geht")
    speak(ANGEBOTE, folder / "aufnahme.m4a", "Angebote nachfassen, ohne zu nerven")
    chapters, _ = speak(BEDARFSANALYSE, EPISODES / "bedarfsanalyse.mp3", "Erst fragen, dann zeigen")
    sidecar = EPISODES / "bedarfsanalyse.chapters.txt"
    sidecar.write_text("\n".join(chapters) + "\n", encoding="utf-8")
    title = "Vom Ingenieur zum Sales Leader"
    chapters, cues = speak(SALES_LEADER, EPISODES / "sales-leader.mp3", title)
    (EPISODES / "sales-leader.vtt").write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")
    print("sales-leader.md", *chapters, sep="\n")


if __name__ == "__main__":
    main()
